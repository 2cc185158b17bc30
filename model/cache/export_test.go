package cache

// LocalBuckets counts the keys of the fallback limiter.
func LocalBuckets(c *Cache) int {
	c.limits.local.buckets.CleanUp()
	return c.limits.local.buckets.EstimatedSize()
}

// Handlers counts the live subscriptions.
func Handlers(c *Cache) int {
	c.live.mu.RLock()
	defer c.live.mu.RUnlock()
	return len(c.live.handlers)
}
