// Package design keeps designs and their versions, the case library.
package design
