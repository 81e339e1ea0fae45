"""One pipeline of changes: plan, apply, proof, undo, with one journal, over media behind one protocol."""
