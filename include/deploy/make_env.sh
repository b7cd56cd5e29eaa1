#!/usr/bin/env bash
# Writes .env for the standing installation: .env.example with random secrets, readable by its owner only. An existing .env is left as it is.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -e .env ]; then
  echo ".env 已存在，未改动 / .env is there already and was left as it is"
  exit 0
fi
umask 077
random() { head -c "$1" /dev/urandom | od -An -vtx1 | tr -d ' \n'; }
while IFS= read -r line; do
  case "$line" in
    AIRFLOW_FERNET_KEY=) echo "$line$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n')" ;;
    BAOSONG_WATCH_FROM=) echo "$line$(date -u +%Y-%m-%dT%H:%M:%S+00:00)" ;;
    AIRFLOW_ADMIN_PASSWORD=) echo "$line$(random 9)" ;;
    [A-Z]*=) echo "$line$(random 24)" ;;
    *) echo "$line" ;;
  esac
done < .env.example > .env.new
mv .env.new .env
echo "已写入 .env（随机口令，仅本人可读）/ wrote .env with random secrets"
echo "登录 Airflow 的用户和口令 / who logs in to Airflow: AIRFLOW_ADMIN, AIRFLOW_ADMIN_PASSWORD in .env"
