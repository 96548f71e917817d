"""What happens when the network, the disk, the bank or the paper fails."""
