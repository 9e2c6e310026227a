"""doctor: what is wrong with a project, also when its app or its databases can't be reached."""

from .examine import doctor as doctor
from .examine import without_app as without_app
from .findings import Diagnosis as Diagnosis
from .findings import Finding as Finding
