"""Why a container cannot be started, in the words that ``kubectl describe pod`` shows."""

from __future__ import annotations


class ContainerError(Exception):
    """A container that cannot be started now; it is tried again later.

    Attributes:
        reason: of the container's waiting state.
    """

    reason = "CreateContainerError"


class ContainerConfigError(ContainerError):
    """The pod asks for something that is not there or not allowed."""

    reason = "CreateContainerConfigError"


class ImageError(ContainerError):
    """No such image on this node, and nowhere to pull it from."""

    reason = "ErrImagePull"


class VolumeError(ContainerError):
    """A volume that cannot be filled."""

    reason = "ContainerCreating"
