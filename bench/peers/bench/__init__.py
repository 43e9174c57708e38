"""The app that Django finds the models of django_site under."""
