"""What people say they want: understood, and made for training."""
