from __future__ import annotations

from types import SimpleNamespace

from honeycell.analysis.voltammetry.tracks import tracks_of


def loop(**peaks):
    """Anodic peaks by the name of their pair and their potential [V]."""
    pairs = [
        SimpleNamespace(
            name=name,
            anodic=SimpleNamespace(branch="anodic", potential=E, current=1.0, current_error=0.1),
            cathodic=None,
        )
        for name, E in peaks.items()
    ]
    return SimpleNamespace(pairs=pairs)


def test_peaks_that_merge_at_high_rates_keep_names_of_their_own():
    """Two of three peaks become one, so that the pairs above are counted anew."""
    split, merged = {"a": 2.94, "b": 3.00, "c": 3.44}, {"a": 3.03, "b": 3.50}
    tracks = tracks_of([loop(**split), loop(**split), loop(**merged), loop(**merged)], range(4))
    assert len(tracks) == 3
    assert len({track.pair for track in tracks}) == 3
    assert sorted(len(track.places) for track in tracks) == [2, 4, 4]


def test_names_stay_where_peaks_stay():
    tracks = tracks_of([loop(a=2.9, b=3.4), loop(a=2.92, b=3.42)], range(2))
    assert [track.pair for track in tracks] == ["a", "b"]
