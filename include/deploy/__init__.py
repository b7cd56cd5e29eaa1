"""What a standing installation needs beside the compose file, and the local Airflow behind `make run` and `make up`."""
