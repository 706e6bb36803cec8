"""What tests share: doubles that are ours and small, and real servers that are started for one run."""
