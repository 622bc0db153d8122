"""The article's steps, one component each."""

from components.database import MysqlDatabase
from components.external_service import Egress, ExternalMysql
from components.reader import MysqlReader
from components.routing import BookinfoRouting
from components.workload import RatingsWorkload

__all__ = [
    "BookinfoRouting",
    "Egress",
    "ExternalMysql",
    "MysqlDatabase",
    "MysqlReader",
    "RatingsWorkload",
]
