"""The content of a document on its way in and out: recognised by what it holds, scanned, sealed, and opened again."""
