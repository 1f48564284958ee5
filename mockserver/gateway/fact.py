"""A fact about a message: worked out when it is first asked for, and held from then on."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Owner = TypeVar("Owner")
Value = TypeVar("Value")


class fact(Generic[Owner, Value]):  # noqa: N801 - a decorator, as cached_property is
    """`functools.cached_property` without the lock that it takes before Python 3.12.

    An exchange belongs to one thread, and has some twenty facts: the lock was a twentieth of judging it.
    """

    def __init__(self, derive: Callable[[Owner], Value]) -> None:
        self._derive = derive
        self._name = derive.__name__
        self.__doc__ = derive.__doc__

    @overload
    def __get__(self, owner: None, kind: type[Any]) -> "fact[Owner, Value]": ...

    @overload
    def __get__(self, owner: Owner, kind: type[Any]) -> Value: ...

    def __get__(self, owner: Any, kind: type[Any]) -> Any:
        """The value; kept in the instance, where Python finds it before it comes here again."""
        if owner is None:
            return self
        value = owner.__dict__[self._name] = self._derive(owner)
        return value


def preset(owner: object, **facts: object) -> None:
    """Give an object facts that are known from elsewhere, before it is asked for them."""
    owner.__dict__.update(facts)
