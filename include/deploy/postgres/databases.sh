#!/bin/bash
# Runs once, when PostgreSQL's volume is new: two databases, each with its own owner that cannot see into the other.
set -e
: "${AIRFLOW_DB_PASSWORD:?}" "${WAREHOUSE_DB_PASSWORD:?}"
psql -v ON_ERROR_STOP=1 -q -U "$POSTGRES_USER" -d postgres \
  -v airflow_password="$AIRFLOW_DB_PASSWORD" -v warehouse_password="$WAREHOUSE_DB_PASSWORD" <<'SQL'
CREATE ROLE airflow LOGIN PASSWORD :'airflow_password';
CREATE ROLE baosong LOGIN PASSWORD :'warehouse_password';
CREATE DATABASE airflow OWNER airflow ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE baosong OWNER baosong ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT ON DATABASE airflow FROM PUBLIC;
REVOKE CONNECT ON DATABASE baosong FROM PUBLIC;
SQL
