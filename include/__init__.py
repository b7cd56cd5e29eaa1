"""What Baosong does, without Airflow: six verbs (collect, read, validate, merge, judge, report) over the nouns of `domain`."""
