"""A claim and its evidence go in; whether the evidence states it comes out."""

from advisor.verify.quotes import check_quote
from advisor.verify.verifier import Reading, Verdict, Verifier

__all__ = ["Reading", "Verdict", "Verifier", "check_quote"]
