// Package crypt holds what keeps personal data and codes from the wrong eyes:
// field encryption with a key ring and its blind index ([Box], [Blind]), the
// normal form of phone numbers ([NormalPhone]), the masks of the platform's
// security guide ([MaskPhone], [MaskName], [MaskAddress], [MaskPhones]), opaque
// tokens ([Token], [Hash]) and short codes for people ([Code], [ParseCode]).
//
// Nothing in this package logs, and no error of it repeats the value it was given.
package crypt
