"""Everything breaks while referrals go out, and nothing is lost: workers, Redis, PostgreSQL and the receiving system."""
