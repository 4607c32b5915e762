"""What the law says of a contract's terms: a dated table, and the judge that applies it.

Not legal advice: a finding names the law it rests on, and how well that law was read, for a person to weigh.
"""
