"""Koupon's tables. Moments are UTC text, money is cents; `coupon` is '' for a barcode."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS koupon_keys (identifier TEXT PRIMARY KEY, secret TEXT);
CREATE TABLE IF NOT EXISTS koupon_accounts (
    id INTEGER PRIMARY KEY, loyalty_id TEXT UNIQUE, created_at TEXT);
CREATE TABLE IF NOT EXISTS koupon_offers (
    id INTEGER PRIMARY KEY, asset TEXT, coupon TEXT, title TEXT, uses INTEGER,
    redeemed INTEGER, active BOOLEAN, starts_at TEXT, expires_at TEXT, created_at TEXT,
    UNIQUE (asset, coupon));
CREATE TABLE IF NOT EXISTS koupon_redeem_calls (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, identifier TEXT, store_id TEXT,
    signed_at INTEGER, created_at TEXT);
CREATE TABLE IF NOT EXISTS koupon_redeem_lines (
    id INTEGER PRIMARY KEY, call TEXT, asset TEXT, coupon TEXT, qty INTEGER,
    redeemed INTEGER, exception TEXT);
CREATE INDEX IF NOT EXISTS koupon_lines_call ON koupon_redeem_lines (call);
CREATE INDEX IF NOT EXISTS koupon_lines_offer ON koupon_redeem_lines (asset, coupon);
CREATE TABLE IF NOT EXISTS koupon_reports (
    id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, identifier TEXT, store_id TEXT,
    signed_at INTEGER, completed_at TEXT, currency TEXT, products JSON, summary JSON,
    assets JSON, digest TEXT, duplicate_of TEXT, created_at TEXT);
CREATE INDEX IF NOT EXISTS koupon_reports_digest ON koupon_reports (digest);
"""
