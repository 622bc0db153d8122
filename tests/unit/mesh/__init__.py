"""What is known of the mesh, without one."""
