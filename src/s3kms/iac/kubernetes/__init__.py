"""Kubernetes manifests that declare buckets: those of Crossplane and Upbound, and of AWS Controllers for Kubernetes.

`manifests` finds them in the documents of a file, `encryption` reads the rule that one holds, `buckets` joins buckets
and the configurations that are for them, and `editor` replaces the literal that decides.
"""
