"""What would an expert do, and can a task be done at all?"""
