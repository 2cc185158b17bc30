// Package demo makes a company in mid-life: stores, staff of every role, customers with their homes,
// and projects in every stage with months of daily logs, designs, checks, payments, deliveries and what
// else the rooms of the project domain keep. Nothing of its past is asked of the services one
// by one: rows go into the store in bulk, and the package's test reads them back through the services.
// What happens on the day of the demo is played through the company's own API (Enact).
//
// Everything but password hashes and seals follows from a seed, a base instant and a customer's
// number, so a load that was cut off goes on with the next number, and what is there is never written
// again.
package demo
