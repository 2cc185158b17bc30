// Package plan keeps the site calendar, pauses, delays and their notices, phases, expediting, on-time rates.
package plan
