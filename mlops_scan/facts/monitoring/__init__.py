"""Monitoring: alert rules, scrapes, receivers, dashboards and collectors; one small module for each tool's formats."""
