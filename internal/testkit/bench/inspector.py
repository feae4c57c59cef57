# The loop at the core of crawlers that are built on SQLAlchemy's inspector:
# every table is asked for by itself.
import json
import os
import sys

import sqlalchemy

inspector = sqlalchemy.inspect(sqlalchemy.create_engine(os.environ["BENCH_DSN"]))
tables = 0
for schema in inspector.get_schema_names():
    if not schema.startswith("bench_"):
        continue
    for table in inspector.get_table_names(schema=schema):
        found = {
            "table": table,
            "comment": inspector.get_table_comment(table, schema=schema),
            "columns": inspector.get_columns(table, schema=schema),
            "primary_key": inspector.get_pk_constraint(table, schema=schema),
            "foreign_keys": inspector.get_foreign_keys(table, schema=schema),
            "indexes": inspector.get_indexes(table, schema=schema),
        }
        json.dump(found, sys.stdout, default=str)
        tables += 1
if tables == 0:
    sys.exit("no tables were found")
