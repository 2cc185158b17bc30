// Package quality keeps inspections and their hazards, the three checks, defects, third-party supervisors.
package quality
