"""Loyale's tables. Moments are UTC text, money is cents, balances are sums over moves.

`loyale_moves` books three accounts alike: `points` by customer, `gift_card` in cents by card,
`coupon` in uses by coupon. `source` is what moved it (`sale:7`, `return:3`), so that
a failed sale is undone as a whole.
"""

SCHEMA = """
CREATE TABLE IF NOT EXISTS loyale_schemes (
    id INTEGER PRIMARY KEY, guid TEXT UNIQUE, name TEXT, gain_rate TEXT, redemption_rate TEXT,
    rounding TEXT);
CREATE TABLE IF NOT EXISTS loyale_keys (key TEXT PRIMARY KEY, scheme TEXT);
CREATE TABLE IF NOT EXISTS loyale_outlets (
    id INTEGER PRIMARY KEY, guid TEXT UNIQUE, scheme TEXT);
CREATE TABLE IF NOT EXISTS loyale_overrides (
    id INTEGER PRIMARY KEY, scheme TEXT, kind TEXT, value TEXT, rate TEXT,
    UNIQUE (scheme, kind, value));
CREATE TABLE IF NOT EXISTS loyale_customers (
    id INTEGER PRIMARY KEY, guid TEXT UNIQUE, barcode TEXT, scheme TEXT, on_hold BOOLEAN,
    seeded BOOLEAN, UNIQUE (scheme, barcode));
CREATE TABLE IF NOT EXISTS loyale_gift_cards (
    id INTEGER PRIMARY KEY, barcode TEXT, scheme TEXT, customer TEXT, original INTEGER,
    enabled BOOLEAN, partial_use BOOLEAN, starts TEXT, ends TEXT, UNIQUE (scheme, barcode));
CREATE TABLE IF NOT EXISTS loyale_coupons (
    id INTEGER PRIMARY KEY, barcode TEXT, scheme TEXT, customer TEXT, coupon_id TEXT,
    starts TEXT, ends TEXT, UNIQUE (scheme, barcode));
CREATE TABLE IF NOT EXISTS loyale_moves (
    id INTEGER PRIMARY KEY, account TEXT, owner INTEGER, amount INTEGER, kind TEXT,
    source TEXT, unique_id TEXT, created_at TEXT);
CREATE INDEX IF NOT EXISTS loyale_moves_owner ON loyale_moves (account, owner, amount);
CREATE INDEX IF NOT EXISTS loyale_moves_source ON loyale_moves (source);
CREATE TABLE IF NOT EXISTS loyale_transactions (
    id INTEGER PRIMARY KEY, scheme TEXT, unique_id TEXT, customer TEXT, outlet TEXT,
    state TEXT, outcome TEXT, error TEXT, total INTEGER, earned INTEGER, redeemed INTEGER,
    lines JSON, tenders JSON, coupons JSON, details JSON, returned TEXT, sent TEXT, reply JSON,
    received_at TEXT, processing_at TEXT, due_at TEXT, reads_left INTEGER, finished_at TEXT);
CREATE INDEX IF NOT EXISTS loyale_transactions_unique
    ON loyale_transactions (scheme, unique_id);
CREATE INDEX IF NOT EXISTS loyale_transactions_due ON loyale_transactions (finished_at, due_at);
CREATE TABLE IF NOT EXISTS loyale_returns (
    id INTEGER PRIMARY KEY, scheme TEXT, kind TEXT, unique_id TEXT, sale INTEGER,
    customer TEXT, amount INTEGER, deducted INTEGER, readded INTEGER, tenders JSON,
    taken JSON, sent TEXT, reply JSON, created_at TEXT);
CREATE INDEX IF NOT EXISTS loyale_returns_sale ON loyale_returns (sale);
CREATE INDEX IF NOT EXISTS loyale_returns_unique ON loyale_returns (scheme, unique_id);
"""
