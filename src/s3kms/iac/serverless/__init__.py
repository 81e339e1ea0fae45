"""The Serverless Framework: the template that a service comes to, evaluated as CloudFormation."""
