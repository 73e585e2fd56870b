"""Lines of text with times become memories: captions, transcripts and subtitles made elsewhere.

from ingest.importers import ImportOptions, import_paths
import_paths(store, [Path("week")], ImportOptions(day_one=date(2026, 3, 2)))
"""

from ingest.importers.line_events import ImportOptions, ImportReport
from ingest.importers.run import import_paths

__all__ = ["ImportOptions", "ImportReport", "import_paths"]
