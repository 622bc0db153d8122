"""The program under the real engine, on a real cluster and a real MySQL."""
