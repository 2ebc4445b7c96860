"""The terms of the sum that scores an item, one file each; numpy only."""
