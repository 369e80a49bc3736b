"""A mixed-integer model put together block by block and solved by HiGHS."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt

from qipan.engines.siting.arrays import Floats


@dataclass(frozen=True)
class Solution:
    """What HiGHS found: ``values`` float64 [columns] or None, objective, bound, and whether it proved either end."""

    values: Floats | None
    objective: float
    bound: float
    optimal: bool
    infeasible: bool


class Model:
    """Columns and rows gathered in arrays; rows are lower ≤ A x ≤ upper."""

    def __init__(self, maximize: bool = False) -> None:
        self._maximize = maximize
        self._cost: list[Floats] = []
        self._lower: list[Floats] = []
        self._upper: list[Floats] = []
        self._whole: list[npt.NDArray[np.bool_]] = []
        self._entries: list[tuple[npt.NDArray[np.integer], npt.NDArray[np.integer], Floats]] = []
        self._row_lower: list[Floats] = []
        self._row_upper: list[Floats] = []
        self.columns = 0
        self.rows = 0

    def add_columns(
        self, cost: npt.ArrayLike, *, lower: npt.ArrayLike = 0.0, upper: npt.ArrayLike = 1.0, whole: bool = True
    ) -> int:
        """Add one column for each cost and return the number of the first."""
        array = np.atleast_1d(np.asarray(cost, np.float64))
        first = self.columns
        self._cost.append(array)
        self._lower.append(np.broadcast_to(np.asarray(lower, np.float64), array.shape))
        self._upper.append(np.broadcast_to(np.asarray(upper, np.float64), array.shape))
        self._whole.append(np.full(array.size, whole))
        self.columns += array.size
        return first

    def add_rows(
        self,
        row: npt.ArrayLike,
        column: npt.ArrayLike,
        value: npt.ArrayLike,
        lower: npt.ArrayLike,
        upper: npt.ArrayLike,
        count: int,
    ) -> int:
        """Add ``count`` rows whose entries name rows from 0; return the number of the first."""
        first = self.rows
        rows, columns = np.atleast_1d(np.asarray(row, np.int64)), np.atleast_1d(np.asarray(column, np.int64))
        values = np.broadcast_to(np.asarray(value, np.float64), rows.shape)
        self._entries.append((rows + first, columns, values))
        self._row_lower.append(np.broadcast_to(np.asarray(lower, np.float64), (count,)))
        self._row_upper.append(np.broadcast_to(np.asarray(upper, np.float64), (count,)))
        self.rows += count
        return first

    def solve(
        self, seconds: float = np.inf, start: Floats | None = None, nodes: int | None = None, gap: float = 0.0
    ) -> Solution:
        """Solve on one thread within a time, a number of nodes and a relative gap, from the plan ``start``."""
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", gap), ("mip_abs_gap", 1e-6)):
            solver.setOptionValue(name, value)
        if np.isfinite(seconds):
            solver.setOptionValue("time_limit", float(seconds))
        if nodes is not None:
            solver.setOptionValue("mip_max_nodes", nodes)
        solver.passModel(self._built())
        if start is not None:
            solution = highspy.HighsSolution()
            solution.col_value = start.tolist()
            solver.setSolution(solution)
        solver.run()
        return _read(solver, self._maximize)

    def _built(self) -> highspy.HighsLp:
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.columns, self.rows
        model.col_cost_ = _joined(self._cost)
        model.col_lower_, model.col_upper_ = _joined(self._lower), _joined(self._upper)
        model.row_lower_, model.row_upper_ = _joined(self._row_lower), _joined(self._row_upper)
        rows = np.concatenate([entry[0] for entry in self._entries]) if self._entries else np.zeros(0, np.int64)
        columns = np.concatenate([entry[1] for entry in self._entries]) if self._entries else rows
        values = np.concatenate([entry[2] for entry in self._entries]) if self._entries else np.zeros(0)
        order = np.lexsort((columns, rows))
        matrix = model.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = np.r_[0, np.cumsum(np.bincount(rows, minlength=self.rows))].astype(np.int32)
        matrix.index_, matrix.value_ = columns[order].astype(np.int32), values[order]
        if self._maximize:
            model.sense_ = highspy.ObjSense.kMaximize
        whole = np.concatenate(self._whole)
        if whole.any():
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            model.integrality_ = [kinds[int(each)] for each in whole]
        return model


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)


def _read(solver: highspy.Highs, maximize: bool) -> Solution:
    status, information = solver.getModelStatus(), solver.getInfo()
    infeasible = status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible)
    optimal = status == highspy.HighsModelStatus.kOptimal
    feasible = information.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    worst = np.inf if maximize else -np.inf
    if not feasible:
        return Solution(None, -worst, worst, False, infeasible)
    objective = float(information.objective_function_value)
    bound = float(information.mip_dual_bound) if information.mip_node_count >= 0 else objective
    if not np.isfinite(bound):
        bound = objective if optimal else worst
    values = np.array(solver.getSolution().col_value)
    return Solution(values, objective, bound, optimal, False)
