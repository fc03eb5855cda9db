"""Onboarding: tenants set up and proved at their vendors, step by step; the same steps looked at again as their health.

The engine drives and stores, the adapters bring the steps (`steps.py`). A reader begins in `machine.py`.
"""
