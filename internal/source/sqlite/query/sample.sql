-- What is the table, and has it rowids? ?1: its name.
SELECT type, wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1
