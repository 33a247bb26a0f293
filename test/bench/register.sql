SELECT segments.register_interaction('bench.opened', 'Opened', 'occurred_at', 'customer');
SELECT segments.register_interaction('bench.delivered', 'Delivered', 'occurred_at', 'customer');
SELECT segments.register_unification('bench.mapping');
