"""What `import mtdbench` offers: to simulate, estimate, compare, pick and plot in a notebook."""
