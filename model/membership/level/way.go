package level

// The measures that a step can ask for.
const (
	OfGrowth = "growth"
	OfSpend  = "annual_spend_fen"
	OfPoints = "points_earned_12m"
)

// Ask is how much of a measure a step asks for, and how much of it a member has.
type Ask struct {
	Of    string
	Least int64
	Has   int64
}

// Missing is how much more is asked for; 0 for enough.
func (a Ask) Missing() int64 { return max(a.Least-a.Has, 0) }

// Asks lists what a step asks for: of one that is reached by growth its growth value, of others what is not zero.
func (p Plan) Asks(s Step, g Parts) []Ask {
	growth := Ask{OfGrowth, s.From, p.Weights.Value(g)}
	if s.By == ByGrowth {
		return []Ask{growth}
	}
	var all []Ask
	for _, a := range []Ask{growth, {OfSpend, s.AnnualSpendFen, g.PaidFen}, {OfPoints, s.PointsEarned, g.Earned}} {
		if a.Least > 0 {
			all = append(all, a)
		}
	}
	return all
}

// Lacks lists what is missing of what a step asks for; nothing when it is reached by that.
func (p Plan) Lacks(s Step, g Parts) (missing []Ask) {
	all := p.Asks(s, g)
	for _, a := range all {
		if a.Missing() > 0 {
			missing = append(missing, a)
		}
	}
	if s.By == ByAny && len(missing) < len(all) {
		return nil
	}
	return missing
}

func (p Plan) reached(s Step, g Parts) bool {
	if s.By == ByGrowth && s.OrSpend > 0 && g.Spend >= s.OrSpend {
		return true
	}
	return len(p.Lacks(s, g)) == 0
}

// yearly tells whether any step asks for what was paid or earned within a year, which is read for such ladders
// alone.
func (p Plan) yearly() (paid, earned bool) {
	for _, s := range p.Steps {
		paid, earned = paid || s.AnnualSpendFen > 0, earned || s.PointsEarned > 0
	}
	return paid, earned
}

// way is how a level of the ladder is reached.
func (p Plan) way(key string) Way {
	if i, ok := p.Index(key); ok && i >= 0 {
		return p.Steps[i].By
	}
	return ByGrowth
}
