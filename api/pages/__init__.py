"""The pages that people touch: a till, the saga, receipts, the audit, the attention desk."""
