"""A sample of what others build: おこづかい帳, an app that reads linked accounts.

It is another company's, a stranger here: it talks HTTP only and imports nothing of Madoguchi.
Whoever writes such an app may begin with a copy: `oauth.py` is the client's side of FAPI 2.0
with `private_key_jwt` and DPoP.
"""
