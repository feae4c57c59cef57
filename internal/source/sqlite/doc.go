// Package sqlite reads the schema of SQLite database files.
//
// A file is opened read-only and only for the length of one operation, so that
// a file which another one replaced is seen. All questions of an operation are
// asked inside one transaction, which is a snapshot, and on one connection.
// Their answers come sorted in byte order and are joined as they stream in.
//
// SQLite resolves a view only when its columns are asked for, and a view that
// does not compile ends the whole question. The question is then asked again
// for what comes after that view, so each such view costs two statements more.
//
// Reading changes nothing in the file. But SQLite itself makes the companions
// of a database in WAL mode (-wal and -shm) where they are not there, and a
// reader leaves them behind; a URI with immutable=1 avoids it for a file that
// nobody writes.
//
// SQLite keeps no comments, no time of the last change and no names of primary
// and foreign keys; nothing is taken from the text of CREATE statements.
package sqlite
