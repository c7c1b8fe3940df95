"""The end-to-end rig: real brokers, scripted peers, load and the oracle. Standard library and PyYAML only."""
