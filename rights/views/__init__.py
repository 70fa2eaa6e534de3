"""The pages of the rights of the person: for who asks, for who handles it, copies, holds, and the public register."""
