"""From whose point of view figures are shown: the whole city, one area, or one operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qipan.core.access import Principal
from qipan.core.errors import NotFound
from qipan.core.measuring.areas import Tree


@dataclass(frozen=True, slots=True)
class View:
    """The area and the unit whose figures are shown; None for the whole city and for all owners together."""

    area_id: int | None = None
    owner_id: int | None = None


def view_of(principal: Principal, tree: Tree, area_id: int | None = None, owner_id: int | None = None) -> View | None:
    """Return the view that was asked for, or the widest one that the principal may have where none was.

    None where the principal may see nothing at all; NotFound where the area or unit is unknown or not theirs to see.
    """
    city = tree.city
    if (area_id is not None and area_id not in tree.areas) or (owner_id is not None and owner_id not in tree.units):
        message = f"没有编号为 {area_id if owner_id is None else owner_id} 的区域或单位"
        raise NotFound(message)
    if not principal.everything:
        if area_id is None and owner_id is None:
            return _widest(principal, tree)
        if not principal.sees(area_id, owner_id):
            message = "没有可查看的区域或单位：只能查看本区域、本单位的数值"
            raise NotFound(message)
    return View(None if city is not None and area_id == city.id else area_id, owner_id)


def _widest(principal: Principal, tree: Tree) -> View | None:
    roots = [one for one in sorted(principal.area_ids) if tree.areas[one].parent_id not in principal.area_ids]
    if roots:
        return View(None if tree.city is not None and roots[0] == tree.city.id else roots[0])
    owners = [one for one in sorted(principal.owner_ids) if tree.units[one].parent_id not in principal.owner_ids]
    return View(None, owners[0]) if owners else None


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose figure a row shows, and whether the row's target was set for exactly that."""

    area_id: int
    owner_id: int | None
    has_target: bool


def scope_in(view: View, tree: Tree, area_id: int | None, owner_id: int | None) -> Scope | None:
    """Return whose figure to show for a target of an area and owner, as seen from ``view``; None to leave it out.

    A target for a part that the view lies in is shown beside the view's own figure, without being its target; one for a
    part inside the view, or for the view itself, as it is; one for another area or operator not at all.
    """
    city = tree.city
    if city is None:
        return None
    area = area_id if area_id is not None else city.id
    viewed_areas = () if view.area_id is None else tree.lineage(view.area_id)
    viewed_owners = () if view.owner_id is None else (*tree.owners(view.owner_id), None)
    own_owners = (None,) if owner_id is None else (*tree.owners(owner_id), None)
    shown_area = _narrowed(area, view.area_id, tree.lineage(area), viewed_areas)
    shown_owner = _narrowed(owner_id, view.owner_id, own_owners, viewed_owners)
    if shown_area is None or shown_owner is None or shown_area[0] is None:
        return None
    return Scope(shown_area[0], shown_owner[0], shown_area[1] and shown_owner[1])


def _narrowed(
    own: int | None, viewed: int | None, own_lineage: Sequence[int | None], viewed_lineage: Sequence[int | None]
) -> tuple[int | None, bool] | None:
    """Return what to show and whether the target is for exactly that; None where the two have nothing in common."""
    if viewed is None or viewed in own_lineage:
        return own, True
    return (viewed, False) if own in viewed_lineage else None
