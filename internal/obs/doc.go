// Package obs is how the house is looked at from outside: logs that hold no
// personal data and no secrets ([NewLogger]), metrics in a registry of their own
// ([Metrics]), and the operations port with health, readiness, metrics and
// profiles ([OpsHandler]).
//
// Logging rule: an attribute whose key speaks of a secret or a phone is blanked,
// whatever it holds (see [Sensitive]). "code" is such a key, because sign-in
// codes are; log a fault's code as "fault", an HTTP status as "status".
package obs
