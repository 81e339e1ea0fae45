"""Re-encrypting the objects of a bucket: what is asked, the plan, the run under its log, and the proof."""
