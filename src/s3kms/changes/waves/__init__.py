"""A plan's file carried out, in waves: each bucket is judged again, and what happened stands in a ledger."""
