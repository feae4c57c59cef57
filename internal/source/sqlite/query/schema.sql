-- What is the whole schema, as its statements?
SELECT type, name, tbl_name, COALESCE(sql, '') FROM main.sqlite_schema ORDER BY rowid
