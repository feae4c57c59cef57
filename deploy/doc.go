// Package deploy holds what runs semsync elsewhere: images, the compose file's
// configuration and its example database. There is no code in it but the tests
// that keep these files true to one another.
package deploy
