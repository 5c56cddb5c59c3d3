"""A page run without a screen: the same script with the state of an address, for stories and their reports.

A page is a script for Streamlit, so it runs under a script context of its own: fresh session state,
nothing sent to a browser. The script context is Streamlit's inner part; it is touched here only.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from urllib.parse import urlencode

from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.scriptrunner_utils.script_run_context import (
    ScriptRunContext,
    add_script_run_ctx,
    get_script_run_ctx,
)
from streamlit.runtime.state import SafeSessionState, SessionState

from engine.sources import snapshot_id, using
from ui import frame
from ui.record import Record
from ui.registry import PAGES


def run(page: str, state: Mapping[str, str]) -> Record:
    """What ``page`` shows at the address ``?state``.

    Parameters
    ----------
    page : str
        Key of a registered page.
    state : mapping of str
        Parameters of the address, as a shared link holds them.

    Raises
    ------
    KeyError
        No such page.
    RuntimeError
        Called outside a running app.
    """
    spec = {spec.key: spec for spec in PAGES}[page]
    here = get_script_run_ctx()
    if here is None:
        raise RuntimeError("a page can only be run inside the app")
    snapshot = snapshot_id()  # the new thread knows nothing of the one held here
    found: list[Record | BaseException] = []

    def body() -> None:
        try:
            with using(snapshot):
                found.append(frame.unseen(spec))
        except BaseException as error:  # noqa: BLE001  (handed to the caller's thread)
            found.append(error)

    thread = threading.Thread(target=body, name=f"headless-{page}")
    add_script_run_ctx(thread, _context(here, urlencode(state)))
    thread.start()
    thread.join()
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


def _context(here: ScriptRunContext, query: str) -> ScriptRunContext:
    """A script context beside the reader's: same session and files, a state of its own, nobody listening."""
    made = ScriptRunContext(
        session_id=here.session_id,
        _enqueue=lambda message: None,
        query_string=query,
        session_state=SafeSessionState(SessionState(), lambda: None),
        uploaded_file_mgr=here.uploaded_file_mgr,
        main_script_path=here.main_script_path,
        user_info=here.user_info,
        fragment_storage=MemoryFragmentStorage(),
        pages_manager=here.pages_manager,
        context_info=here.context_info,
    )
    with made.session_state.query_params() as asked:
        asked.set_initial_query_params(query)
        asked.populate_from_query_string(query)
    return made
