"""账号矩阵: areas, the offices in them, their accounts; the verbs that change them and the questions screens ask."""
