#!/bin/bash
# Runs before the rest of a standing installation, every time: Airflow's database is brought up to date, the first person exists, the warehouse has its tables.
set -euo pipefail
airflow db migrate
# Leaves a person who is there as they are, password and all.
airflow users create --role Admin --username "$AIRFLOW_ADMIN" --password "$AIRFLOW_ADMIN_PASSWORD" \
  --firstname Bao --lastname Song --email "$AIRFLOW_ADMIN@localhost"
python -c "from include.warehouse import connect; connect()"
