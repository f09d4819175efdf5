"""The public site as it is made from the sample office's publications, looked at whole."""
